"""Commands that judge: doctor, verify, audit, health."""
