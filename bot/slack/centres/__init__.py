"""An inquiry on its way to a development centre and back: the work behind the listeners.

`sending` hands over, `replies` brings answers back, `outcomes` passes on, closes and withdraws,
`showing` keeps what was posted in step with the register, `record` is what they write.
"""
