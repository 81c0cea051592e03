package dev.weft.routing;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Bounds an RE2 expression before it is compiled. Matching is linear in expression and value, but a
 * repeat is compiled by copying, and nested ones multiply: {@code ((((x{100}){100}){100}){100})}
 * takes all memory there is. The control plane asks as well, so that what nodes would refuse is
 * said where the user looks. Confined to one check.
 */
public final class RegexSize {
  /**
   * Instructions. An event loop matches 8 KiB against so many in about 35 ms (17 ns each,
   * measured); expressions for paths and names need some dozens.
   */
  public static final int LIMIT = 256;

  private final String expression;
  private final Deque<long[]> groups = new ArrayDeque<>();
  private int at;
  private long sum;
  private long atom;

  private RegexSize(String expression) {
    this.expression = expression;
  }

  /**
   * Why an expression is too large.
   *
   * @return null when it is not
   */
  public static @Nullable String problem(String expression) {
    long size = new RegexSize(expression).measure();
    return size <= LIMIT
        ? null
        : "regular expression \""
            + expression.substring(0, Math.min(60, expression.length()))
            + "\" is too large ("
            + size
            + " instructions, at most "
            + LIMIT
            + "); repeat less, or match a prefix";
  }

  /**
   * @throws IllegalArgumentException when the expression would compile to more than {@link #LIMIT}
   */
  static void check(String expression) {
    String problem = problem(expression);
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
  }

  private long measure() {
    while (at < expression.length() && sum <= LIMIT) {
      step(expression.charAt(at));
    }
    long size = sum + atom;
    for (long[] outer : groups) {
      size += outer[0];
    }
    return size;
  }

  private void step(char c) {
    switch (c) {
      case '(' -> {
        next(0);
        groups.push(new long[] {sum});
        sum = 2;
        at++;
      }
      case ')' -> {
        long inner = sum + atom;
        sum = groups.isEmpty() ? 0 : groups.pop()[0];
        atom = inner;
        at++;
      }
      case '[' -> characterClass();
      case '\\' -> escape();
      case '*', '+', '?', '|' -> {
        atom++;
        at++;
      }
      case '{' -> repeat();
      default -> {
        next(1);
        at++;
      }
    }
  }

  private void next(long size) {
    sum += atom;
    atom = size;
  }

  /** "[...]" is one instruction; a "]" first in it is a member. */
  private void characterClass() {
    next(1);
    at++;
    if (at < expression.length() && expression.charAt(at) == '^') {
      at++;
    }
    int first = at;
    while (at < expression.length() && (expression.charAt(at) != ']' || at == first)) {
      if (expression.startsWith("[:", at)) {
        int end = expression.indexOf(":]", at + 2);
        at = end < 0 ? at + 1 : end + 2;
      } else {
        at += expression.charAt(at) == '\\' ? 2 : 1;
      }
    }
    at++;
  }

  private void escape() {
    if (expression.startsWith("\\Q", at)) {
      int end = expression.indexOf("\\E", at);
      int to = end < 0 ? expression.length() : end;
      sum += to - at;
      next(1);
      at = end < 0 ? to : to + 2;
      return;
    }
    next(1);
    char kind = at + 1 < expression.length() ? expression.charAt(at + 1) : ' ';
    boolean named =
        (kind == 'p' || kind == 'P' || kind == 'x') && expression.startsWith("{", at + 2);
    int close = named ? expression.indexOf('}', at) : -1;
    at = close < 0 ? at + 2 : close + 1;
  }

  /** "{n}", "{n,}", "{n,m}"; anything else is a literal brace. */
  private void repeat() {
    int i = at + 1;
    long first = 0;
    long last = 0;
    boolean comma = false;
    boolean digits = false;
    for (; i < expression.length() && expression.charAt(i) != '}'; i++) {
      int digit = expression.charAt(i) - '0';
      if (expression.charAt(i) == ',' && digits && !comma) {
        comma = true;
      } else if (digit >= 0 && digit <= 9 && first < 100_000 && last < 100_000) {
        digits = true;
        first = comma ? first : first * 10 + digit;
        last = comma ? last * 10 + digit : last;
      } else {
        break;
      }
    }
    if (!digits || i >= expression.length() || expression.charAt(i) != '}') {
      next(1);
      at++;
      return;
    }
    // Saturates by far: the caller stops above the limit.
    atom = Math.min(atom, LIMIT + 1) * Math.max(1, Math.max(first + 1, last));
    at = i + 1;
  }
}
