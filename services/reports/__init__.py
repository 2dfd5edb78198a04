"""Problems that citizens report."""
