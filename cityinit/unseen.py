"""Characters that show nothing and turn the text beside them around: no reader sees why a name is not the name."""

import re

# All of Unicode's category Cf but the two joiners, which some scripts and emoji need.
UNSEEN = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u180e\u200b\u200e-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U00013438\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)


# What controls a printer, but tab and line breaks, and half characters: no office file holds them, no database all.
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def without_controls(text: str) -> str:
    return CONTROLS.sub("", text)


def without_unseen(text: str) -> str:
    return UNSEEN.sub("", text)
