"""Object stores by URL. The contract is on `Store`; one contract test runs against every store."""
