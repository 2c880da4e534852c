-- An audit's criteria added up, in hundredths of a percent; null of those that were judged before.
ALTER TABLE audits ADD COLUMN criteria_score INTEGER;
