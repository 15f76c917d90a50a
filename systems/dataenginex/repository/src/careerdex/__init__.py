"""CareerDEX: job matching on DataEngineX."""
