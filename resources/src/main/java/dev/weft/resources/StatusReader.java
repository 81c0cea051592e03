package dev.weft.resources;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads statuses back that {@link ResourceWriter} wrote. */
final class StatusReader {
  private StatusReader() {}

  static @Nullable ObjectStatus read(Kind kind, String text) {
    try (LocatedReader reader = new LocatedReader(text)) {
      return reader.next() instanceof Located.Mapping root
              && root.get("status") instanceof Located.Mapping status
              && new Binder("status", false).bindRecord(status, type(kind), "status")
                  instanceof ObjectStatus read
          ? read
          : null;
    } catch (LocatedReader.Malformed | IOException e) {
      // A status is only ever Weft's own opinion: an unreadable one is as good as none.
      return null;
    }
  }

  /** The same of a status alone, parsed as JSON already. */
  static @Nullable ObjectStatus read(Kind kind, Map<String, ?> status) {
    try {
      return Located.of(status) instanceof Located.Mapping mapping
              && new Binder("status", false).bindRecord(mapping, type(kind), "status")
                  instanceof ObjectStatus read
          ? read
          : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static Class<? extends ObjectStatus> type(Kind kind) {
    return switch (kind) {
      case GATEWAY_CLASS, X_MESH -> ObjectStatus.OfClass.class;
      case GATEWAY -> ObjectStatus.OfGateway.class;
      case LISTENER_SET -> ObjectStatus.OfListenerSet.class;
      case HTTP_ROUTE, GRPC_ROUTE, TLS_ROUTE, TCP_ROUTE, UDP_ROUTE -> ObjectStatus.OfRoute.class;
      default -> ObjectStatus.OfPolicy.class;
    };
  }
}
