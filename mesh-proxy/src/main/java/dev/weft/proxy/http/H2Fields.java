package dev.weft.proxy.http;

import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fields as HTTP/2's decoder left them. */
sealed interface H2Fields extends Head permits H2Request, H2Response {

  /** All of them, pseudo-header fields too. */
  Http2Headers fields();

  @Override
  default Set<String> names() {
    return Translate.names(fields());
  }

  @Override
  default @Nullable String get(CharSequence name) {
    CharSequence value = fields().get(name);
    return value == null ? null : value.toString();
  }

  @Override
  default List<String> all(CharSequence name) {
    List<String> out = new ArrayList<>(1);
    fields().valueIterator(name).forEachRemaining(value -> out.add(value.toString()));
    return out;
  }

  @Override
  default void set(CharSequence name, CharSequence value) {
    fields().set(name, value);
  }

  @Override
  default void add(CharSequence name, CharSequence value) {
    fields().add(name, value);
  }

  @Override
  default void remove(CharSequence name) {
    fields().remove(name);
  }
}
