DROP INDEX idx_users_phone;
ALTER TABLE users DROP COLUMN phone;
