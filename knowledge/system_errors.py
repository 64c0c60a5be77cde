"""What the operating system refused, in words of the user's language.

`error.strerror` is English whatever the language, as long as no locale is set. So each sentence
that tells why a file or an address cannot be used takes its reason from here.
"""

from __future__ import annotations

import errno
from typing import Final

from knowledge.messages import Message

REASONS: Final = {
    errno.EEXIST: "operation_reason_exists",
    errno.EISDIR: "operation_reason_folder",
    errno.ENOTDIR: "operation_reason_no_folder",
    errno.EACCES: "operation_reason_no_access",
    errno.EPERM: "operation_reason_no_access",
    errno.ENOENT: "operation_reason_not_there",
    errno.EROFS: "operation_reason_read_only",
    errno.ENOSPC: "operation_reason_full",
    errno.EDQUOT: "operation_reason_full",
    errno.EIO: "operation_reason_disk",
    errno.ENAMETOOLONG: "operation_reason_name_long",
    errno.EADDRINUSE: "operation_reason_address_taken",
    errno.EADDRNOTAVAIL: "operation_reason_address_unknown",
}
"""The commonest (errno(3)) and the message that tells each."""


def reason_of(error: BaseException) -> Message | str:
    """Why, as a part of a sentence; what the system or Python says where it is a rare one."""
    number = getattr(error, "errno", None)
    if number in REASONS:
        return Message(REASONS[number])
    if isinstance(error, UnicodeDecodeError):
        return Message("operation_value_utf8")
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
