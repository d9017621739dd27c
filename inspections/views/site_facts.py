"""Who answers for a site, as its pages say it."""

from django.utils.translation import gettext as _

from units.models.person import masked


def sponsor_text(row):
    """Who sponsors, and, unless it is the site itself, through what."""
    who = " ".join(filter(None, (str(row.unit or ""), row.leader)))
    if row.target_kind == row.Target.SITE:
        return who
    return _("%(who)s（包保%(target)s）") % {"who": who, "target": row.target_name}


def grid_text(grid, *, by):
    """The cell with who keeps it; the telephone number whole for who may see such."""
    if grid is None:
        return ""
    phone = grid.phone if by.has_perm("units.see_phone", grid) else masked(grid.phone)
    keeper = " ".join(filter(None, (grid.keeper, phone)))
    return f"{grid}（{keeper}）" if keeper else str(grid)
