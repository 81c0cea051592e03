package dev.weft.controlplane;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads which addresses Gateways had from the statuses of an earlier run, so that a restart changes
 * none of them.
 */
final class GatewayAddresses {
  private GatewayAddresses() {}

  /**
   * Addresses by "namespace/name".
   *
   * @param statuses a folder of {@link StatusWriter}; need not exist
   */
  static Map<String, String> of(Path statuses) throws IOException {
    Map<String, String> addresses = new TreeMap<>();
    if (!Files.isDirectory(statuses)) {
      return addresses;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(statuses, "gateway.*.*.yaml")) {
      for (Path file : files) {
        String[] name = file.getFileName().toString().split("\\.", 3);
        String gateway = name[1] + "/" + name[2].substring(0, name[2].length() - ".yaml".length());
        if (ObjectStatus.read(Kind.GATEWAY, Files.readString(file))
                instanceof ObjectStatus.OfGateway status
            && !status.addresses().isEmpty()) {
          addresses.put(gateway, status.addresses().getFirst().value());
        }
      }
    }
    return addresses;
  }
}
