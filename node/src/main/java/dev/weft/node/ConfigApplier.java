package dev.weft.node;

import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Update;
import java.util.List;
import java.util.Map;

/** Takes the control plane's updates. Called on the config thread only. */
interface ConfigApplier {

  /** Resource name to version of everything the node holds. */
  Map<String, String> held();

  /**
   * Names of the nodes that cannot answer for Gateways' addresses, as far as the node holds that.
   */
  List<String> away();

  /** Applies an update whole and says what in it could not be put to use; empty: all of it was. */
  List<Refusal> apply(Update update);
}
