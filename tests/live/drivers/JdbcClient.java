// Copyright (c) 2026 bluegreen contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Writes through JDBC until it is killed; says what became of each write, and connects anew after an error. */
public final class JdbcClient {
    private static final String INSERT = "INSERT INTO users (name) VALUES (?)";
    private static final long PAUSE_MILLISECONDS = 5;

    public static void main(String[] arguments) throws InterruptedException {
        String url = System.getenv("CLIENT_URL");
        Connection connection = null;
        for (int number = 0; ; number++) {
            String name = "jdbc " + number;
            try {
                if (connection == null) {
                    connection = DriverManager.getConnection(url);
                }
                write(connection, name);
                say("ack", name);
            } catch (SQLException error) {
                say("error", error.getSQLState() + " " + error.getMessage().split("\n")[0]);
                connection = closed(connection);
            }
            Thread.sleep(PAUSE_MILLISECONDS);
        }
    }

    private static void write(Connection connection, String name) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, name);
            statement.executeUpdate();
        }
        connection.commit();
    }

    private static Connection closed(Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException error) {
            say("error", error.getSQLState() + " while closing");
        }
        return null;
    }

    private static void say(String outcome, String what) {
        System.out.println(outcome + " " + System.currentTimeMillis() / 1000.0 + " " + what);
        System.out.flush();
    }
}
