"""Appraisals: what each kind of rule reads from the records, the points it comes to, and what people do with them."""
