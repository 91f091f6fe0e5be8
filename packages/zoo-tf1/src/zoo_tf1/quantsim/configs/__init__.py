"""AIMET's own quantsim configurations, as data."""
