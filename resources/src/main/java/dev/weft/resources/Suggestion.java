package dev.weft.resources;

import java.util.List;
import java.util.Locale;

/** The known word that a misspelt one probably means. */
final class Suggestion {
  private Suggestion() {}

  /** For example "; did you mean replicas?", or "" when nothing is near. */
  static String of(String wrong, List<String> known) {
    if (wrong.length() > 100) {
      return "";
    }
    String best = "";
    int nearest = Math.min(3, 1 + wrong.length() / 3);
    for (String word : known) {
      int distance = distance(wrong.toLowerCase(Locale.ROOT), word.toLowerCase(Locale.ROOT));
      if (distance < nearest || (distance == nearest && best.isEmpty())) {
        nearest = distance;
        best = word;
      }
    }
    return best.isEmpty() ? "" : "; did you mean " + best + "?";
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
