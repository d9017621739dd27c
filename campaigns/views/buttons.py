"""What components/moves.html draws: the moves somebody can make now, each with its address."""

from dataclasses import dataclass

from django.urls import reverse


@dataclass(frozen=True)
class Button:
    label: str
    url: str
    tone: str = ""
    needs_form: bool = False
    seen_state: str = ""
    seen_text: str = ""


def buttons(workflow, row, *, by, url_name, offered, seen_text=""):
    """The open moves among `offered`, in table order; the others are made by other things people do.

    `seen_text` marks which text of the row the page shows, where a move is about that very text.
    """
    return [
        Button(
            move.label,
            reverse(url_name, args=[row.pk, move.name]),
            move.tone,
            needs_form=bool(move.gives),
            seen_state=row.state,
            seen_text=seen_text,
        )
        for move in workflow.open_to(by, row)
        if move.name in offered
    ]
