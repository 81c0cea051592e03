package dev.weft.proxy.observe;

import org.jspecify.annotations.Nullable;

enum NoObserver implements ProxyObserver, RequestObservation {
  INSTANCE;

  @Override
  public RequestObservation begin(RequestStart start) {
    return this;
  }

  @Override
  public void connection(ConnectionEvent event) {}

  @Override
  public @Nullable String traceparent() {
    return null;
  }

  @Override
  public void end(RequestEnd end) {}
}
