"""What a unit sees of those below it: members of its group, and their switching orders, which are edited here [U4]."""
