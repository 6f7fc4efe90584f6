package io.flowblend.cli;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The PostgreSQL database of a fleet, as the command line names it. */
final class FleetDatabase {
    @Option(
            names = "--database",
            required = true,
            paramLabel = "URL",
            description = "PostgreSQL database: jdbc:postgresql://HOST/DATABASE.")
    private String url = "";

    @Option(
            names = "--database-username",
            paramLabel = "NAME",
            defaultValue = "${env:FLOWBLEND_DATABASE_USERNAME:-flowblend}",
            description = "Its user; default: the environment's FLOWBLEND_DATABASE_USERNAME, or flowblend.")
    private String username = "";

    @Option(
            names = "--database-password",
            paramLabel = "PASSWORD",
            defaultValue = "${env:FLOWBLEND_DATABASE_PASSWORD:-}",
            description = "Its password; default: the environment's FLOWBLEND_DATABASE_PASSWORD.")
    private String password = "";

    String url() {
        return url;
    }

    String username() {
        return username;
    }

    String password() {
        return password;
    }

    /** The one number that a query answers. */
    long number(String query) throws SQLException {
        return Long.parseLong(texts(query).get(0));
    }

    /** The first column of what a query answers. */
    List<String> texts(String query) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, username, password);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }
}
