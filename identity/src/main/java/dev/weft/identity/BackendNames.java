package dev.weft.identity;

import dev.weft.api.v1.BackendTls.SubjectAltName;
import dev.weft.api.v1.BackendTls.Validation;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Names of which a backend's certificate must have one. A certificate's common name is none of them
 * (RFC 9525, section 2).
 *
 * @param dns in lower case; {@code *.example.com} is a name with any one label in the star's place
 * @param uris exactly as they must stand in the certificate
 */
record BackendNames(List<String> dns, List<String> uris) {

  /** GeneralName choices, RFC 5280 §4.2.1.6. */
  private static final int DNS_NAME = 2;

  private static final int URI = 6;

  BackendNames {
    dns = List.copyOf(dns);
    uris = List.copyOf(uris);
  }

  static BackendNames of(Validation policy) {
    if (policy.getNamesCount() == 0) {
      return new BackendNames(List.of(policy.getHostname().toLowerCase(Locale.ROOT)), List.of());
    }
    List<String> dns = new ArrayList<>();
    List<String> uris = new ArrayList<>();
    for (SubjectAltName name : policy.getNamesList()) {
      switch (name.getKindCase()) {
        case DNS -> dns.add(name.getDns().toLowerCase(Locale.ROOT));
        case URI -> uris.add(name.getUri());
        case KIND_NOT_SET ->
            throw new IllegalArgumentException("a name of a kind that this version does not know");
      }
    }
    return new BackendNames(dns, uris);
  }

  /** Whether a certificate has one of the names. */
  boolean matches(X509Certificate leaf) throws CertificateParsingException {
    Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
    if (alternatives == null) {
      return false;
    }
    for (List<?> alternative : alternatives) {
      if (alternative.get(0) instanceof Integer type && alternative.get(1) instanceof String name) {
        boolean found =
            switch (type) {
              case DNS_NAME -> hasDns(name.toLowerCase(Locale.ROOT));
              case URI -> uris.contains(name);
              default -> false;
            };
        if (found) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean hasDns(String presented) {
    return dns.stream().anyMatch(wanted -> match(presented, wanted) || match(wanted, presented));
  }

  /** RFC 9525 §6.3: a star stands for exactly one label, the leftmost, and only as a whole. */
  private static boolean match(String pattern, String name) {
    if (pattern.equals(name)) {
      return true;
    }
    int dot = name.indexOf('.');
    return pattern.startsWith("*.")
        && pattern.indexOf('*', 1) < 0
        && pattern.indexOf('.', 2) > 0 // never *.com
        && dot > 0
        && name.indexOf('*') < 0
        && name.substring(dot).equals(pattern.substring(1));
  }

  @Override
  public String toString() {
    List<String> all = new ArrayList<>(dns);
    all.addAll(uris);
    return String.join(" or ", all);
  }
}
