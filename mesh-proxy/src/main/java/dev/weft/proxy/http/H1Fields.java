package dev.weft.proxy.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Fields as HTTP/1's decoder left them. */
sealed interface H1Fields extends Head permits H1Request, H1Response {

  /** All of them. */
  HttpHeaders headers();

  @Override
  default Set<String> names() {
    return Translate.names(headers());
  }

  @Override
  default @Nullable String get(CharSequence name) {
    return headers().get(name);
  }

  @Override
  default List<String> all(CharSequence name) {
    return headers().getAll(name);
  }

  @Override
  default void set(CharSequence name, CharSequence value) {
    headers().set(name, value);
  }

  @Override
  default void add(CharSequence name, CharSequence value) {
    headers().add(name, value);
  }

  @Override
  default void remove(CharSequence name) {
    headers().remove(name);
  }
}
