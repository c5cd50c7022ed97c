"""Property tests by no clock: how long drawing or an example takes on a busy machine proves nothing."""

from hypothesis import HealthCheck, settings

settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")
