"""Who deals with a unit: the register of stakeholders, passwords, logins and sessions (IEC 62351-8, IEC 62443-4-2)."""
