"""Forms of reports: which period, the words of a section, how the office writes."""
