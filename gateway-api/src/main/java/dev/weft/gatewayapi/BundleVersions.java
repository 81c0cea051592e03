package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.CustomResourceDefinition;
import dev.weft.resources.Derivation;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Which releases of the Gateway API the cluster's definitions are of. Others than those that Weft
 * is made for are served as well as can be: what it does not know in them it cannot refuse either.
 *
 * @param installed names of definitions by release; empty where nobody defines kinds, as in the
 *     lab, whose schemas are Weft's own
 */
record BundleVersions(SortedMap<String, SortedSet<String>> installed) {
  private static final String SUPPORTED = "v1.7";

  /** Releases mend; candidates and builds of a branch may be anything. */
  private static final Pattern KNOWN = Pattern.compile("v1\\.7\\.[0-9]+");

  /** Looks at all definitions. */
  record Of() implements Derivation.Query<BundleVersions> {
    @Override
    public BundleVersions compute(Derivation.Reader reader) {
      SortedMap<String, SortedSet<String>> installed = new TreeMap<>();
      for (CustomResourceDefinition each : reader.all(CustomResourceDefinition.class)) {
        if (CustomResourceDefinition.isGatewayApi(each.spec().group())) {
          installed
              .computeIfAbsent(each.bundleVersion(), _ -> new TreeSet<>())
              .add(each.metadata().name());
        }
      }
      return new BundleVersions(installed);
    }
  }

  /** The condition SupportedVersion of a GatewayClass. */
  Condition condition(long generation) {
    List<String> others =
        installed.keySet().stream().filter(version -> !KNOWN.matcher(version).matches()).toList();
    if (others.isEmpty()) {
      return Condition.yes(
          "SupportedVersion",
          "SupportedVersion",
          installed.isEmpty()
              ? "the schemas of " + SUPPORTED + " hold"
              : "the definitions are of " + String.join(", ", installed.keySet()),
          generation);
    }
    return Condition.no(
        "SupportedVersion",
        "UnsupportedVersion",
        "Weft supports " + SUPPORTED + "; there is also " + String.join("; ", said(others)),
        generation);
  }

  /** For each release its first definition: a whole bundle would fill the message. */
  private List<String> said(List<String> versions) {
    return versions.stream()
        .map(
            version -> {
              SortedSet<String> names = installed.getOrDefault(version, new TreeSet<>());
              return (version.isEmpty() ? "no version" : version)
                  + " of "
                  + names.getFirst()
                  + (names.size() > 1 ? " and " + (names.size() - 1) + " more" : "");
            })
        .toList();
  }
}
