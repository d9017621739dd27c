# No post gives it: the move follows by itself from another one and is made by the system.
BY_ITSELF = "campaigns.by_itself"
