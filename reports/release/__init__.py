"""What the public sees: counts of periods that are over, rounded, published once and not asked of cases again."""
