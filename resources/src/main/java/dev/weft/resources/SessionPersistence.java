package dev.weft.resources;

import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a client at one endpoint (GEP-1619).
 *
 * @param absoluteTimeout how long a session lasts at most; null or zero: for ever
 * @param cookie set for the type Cookie
 * @param header set for the type Header
 */
public record SessionPersistence(
    @Nullable Duration absoluteTimeout,
    @Default("Cookie") @OneOf({"Cookie", "Header"}) String type,
    @Nullable Cookie cookie,
    @Nullable Header header)
    implements Checked {

  /**
   * How the session's cookie looks.
   *
   * @param name null: one that no other session has
   */
  public record Cookie(
      @Nullable @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME) String name,
      @Default("/") @Text(max = 1024) String path,
      @Default("Session") @OneOf({"Session", "Permanent"}) String lifetimeType)
      implements Checked {
    public boolean permanent() {
      return lifetimeType.equals("Permanent");
    }

    @Override
    public List<Problem> problems() {
      // Such characters would begin another attribute, or another header line.
      return path.chars().anyMatch(c -> c < 0x20 || c == ';' || c >= 0x7f)
          ? List.of(new Problem("path", "must hold neither ; nor control characters"))
          : List.of();
    }
  }

  public record Header(@Text(min = 1, max = 256, pattern = Schema.HEADER_NAME) String name) {}

  @Override
  public List<Problem> problems() {
    List<Problem> found = new ArrayList<>();
    boolean byCookie = type.equals("Cookie");
    if (byCookie != (cookie != null)) {
      found.add(new Problem("cookie", "must be set for the type Cookie, and for no other"));
    }
    if (byCookie != (header == null)) {
      found.add(new Problem("header", "must be set for the type Header, and for no other"));
    }
    if (cookie != null && cookie.permanent() && absoluteTimeout == null) {
      found.add(new Problem("absoluteTimeout", "is required for a Permanent cookie"));
    }
    return found;
  }
}
