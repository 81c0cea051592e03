package dev.weft.cli.demo;

/** Pods of examples/demo, "namespace/name", and its files. */
final class Cast {
  static final String CLIENT = "shop/client-0";
  static final String FRONTEND = "shop/frontend-0";
  static final String FLAKY = "shop/flaky-0";
  static final String BROKEN = "shop/broken-0";
  static final String DB = "shop/db-0";
  static final String TELLER = "vault/teller-0";
  static final String VAULT = "vault/vault-0";
  static final String STRANGER = "outside/stranger-0";

  static final String WEB_ROUTE = "11-web-route.yaml";

  private Cast() {}
}
