package dev.weft.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Aligned columns for a terminal. */
final class Tables {
  private Tables() {}

  /**
   * Each section under its name; empty ones and empty columns are left out, longer lists take more
   * lines.
   */
  static String of(Map<String, List<Map<String, Object>>> sections) {
    StringBuilder out = new StringBuilder();
    sections.forEach(
        (name, rows) -> {
          if (!rows.isEmpty()) {
            out.append(out.isEmpty() ? "" : "\n")
                .append(name.toUpperCase(Locale.ROOT))
                .append('\n');
            section(out, rows);
          }
        });
    return out.toString();
  }

  private static void section(StringBuilder out, List<Map<String, Object>> rows) {
    List<String> columns =
        rows.getFirst().keySet().stream()
            .filter(
                column -> rows.stream().anyMatch(row -> !cells(row, column).getFirst().isEmpty()))
            .toList();
    for (Map<String, Object> row : rows) {
      int height = columns.stream().mapToInt(column -> cells(row, column).size()).max().orElse(0);
      for (int line = 0; line < height; line++) {
        StringBuilder text = new StringBuilder();
        for (String column : columns) {
          List<String> cells = cells(row, column);
          text.append("  ");
          pad(text, line < cells.size() ? cells.get(line) : "", width(rows, column));
        }
        out.append(text.toString().stripTrailing()).append('\n');
      }
    }
  }

  private static void pad(StringBuilder text, String cell, int width) {
    text.append(cell).repeat(" ", Math.max(0, width - cell.length()));
  }

  private static int width(List<Map<String, Object>> rows, String column) {
    return rows.stream()
        .flatMap(row -> cells(row, column).stream())
        .mapToInt(String::length)
        .max()
        .orElse(0);
  }

  private static List<String> cells(Map<String, Object> row, String column) {
    Object value = row.getOrDefault(column, "");
    if (value instanceof List<?> list) {
      List<String> cells = new ArrayList<>();
      list.forEach(item -> cells.add(String.valueOf(item)));
      return cells.isEmpty() ? List.of("") : cells;
    }
    if (value instanceof Boolean ready && column.equals("ready")) {
      return List.of(ready ? "ready" : "not ready");
    }
    return List.of(String.valueOf(value));
  }
}
