"""GitLab CI/CD: predefined variables, dotenv reports, sections of the log, notes on merge requests."""

from backstay.ci.gitlab.platform import GitLab

__all__ = ["GitLab"]
