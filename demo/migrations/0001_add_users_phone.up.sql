ALTER TABLE users ADD COLUMN phone varchar(50);
CREATE INDEX idx_users_phone ON users (phone);
