"""What a leader sees of a campaign at a glance: panels of charts with their tables, for the page and for the wall."""
