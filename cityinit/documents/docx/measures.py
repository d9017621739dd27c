"""The page of GB/T 9704-2012: twentieths of a point unless the name says otherwise."""

PAGE_SHORT, PAGE_LONG = 11906, 16838
TOP, BOTTOM, LEFT, RIGHT = 2098, 1984, 1587, 1474  # 37, 35, 28, 26 mm
TEXT_SHORT = PAGE_SHORT - LEFT - RIGHT  # 156 mm: 28 characters
TEXT_LONG = PAGE_LONG - TOP - BOTTOM  # 225 mm: 22 lines
EMU_PER_MM, EMU_PER_TWIP = 36000, 635
# 156 mm hold 28 characters of 16 pt when each gives way by 0.25 pt.
CHARACTER = 315
LINE_CHARACTERS = 28
FOOTER_CHARACTER = 280
# The dash stands in the middle of a 14 pt line, 7 mm below the text: the line's foot is 25.5 mm above the page's edge.
FOOTER_FROM_EDGE = 1446
CELL_MARGIN = 85
