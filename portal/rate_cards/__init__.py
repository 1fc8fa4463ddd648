"""The rate-card editor: one wizard, one chart and one worked example, shared by plans and add-ons."""
