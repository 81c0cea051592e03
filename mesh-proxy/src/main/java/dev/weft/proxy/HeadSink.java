package dev.weft.proxy;

import dev.weft.proxy.http.ResponseHead;
import dev.weft.routing.HeaderEdits;
import dev.weft.routing.HeaderSink;

/** Edits of an answer. Confined to its exchange's event loop. */
record ResponseSink(ResponseHead head) implements HeaderSink {
  @Override
  public boolean has(String name) {
    return head.get(name) != null;
  }

  @Override
  public void set(String name, String value) {
    head.set(name, value);
  }

  @Override
  public void add(String name, String value) {
    String joined = HeaderEdits.joined(name, head.all(name), value);
    if (joined == null) {
      head.add(name, value);
    } else {
      head.set(name, joined);
    }
  }

  @Override
  public void remove(String name) {
    head.remove(name);
  }
}
