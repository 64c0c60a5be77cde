"""An inquiry on its way to a development centre and back: the work behind the listeners.

`sending` hands over (`own`: what another asked), `replies` brings answers back, `additions` brings
what the asker adds, `outcomes` passes on, closes and withdraws,
`showing` keeps what was posted in step with the register, `record` is what they write.
"""
