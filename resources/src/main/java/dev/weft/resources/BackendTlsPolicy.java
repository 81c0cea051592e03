package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** How Gateways speak TLS to Services, and whom they believe (GEP-1897). */
public record BackendTlsPolicy(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /**
   * What a policy says.
   *
   * @param options implementation-specific; Weft knows none
   */
  public record Spec(
      @Size(min = 1, max = 16) List<Target> targetRefs,
      Validation validation,
      @Size(max = 16) Map<String, String> options)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      Map<List<String>, Set<String>> sections = new HashMap<>();
      for (int i = 0; i < targetRefs.size(); i++) {
        Target target = targetRefs.get(i);
        Set<String> seen =
            sections.computeIfAbsent(
                List.of(target.group(), target.kind(), target.name()), _ -> new TreeSet<>());
        boolean mixed = !seen.isEmpty() && (target.sectionName().isEmpty() || seen.contains(""));
        if (!seen.add(target.sectionName()) || mixed) {
          found.add(
              new Problem(
                  "targetRefs[" + i + "]", "needs a sectionName that no other reference has"));
        }
      }
      return found;
    }
  }

  /**
   * A Service, or one of its ports.
   *
   * @param sectionName the port's name; "" for every port that no policy names
   */
  public record Target(
      @Default("") @Text(max = 253, pattern = Schema.GROUP) String group,
      @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
      @Text(min = 1, max = 253) String name,
      @Default("") @Text(max = 253, pattern = "|" + Schema.DNS_SUBDOMAIN) String sectionName) {

    public boolean isService() {
      return group.isEmpty() && kind.equals("Service");
    }
  }

  /**
   * Whom to believe.
   *
   * @param wellKnownCACertificates "System", or "" when caCertificateRefs say it
   * @param hostname server name to ask for, and without subjectAltNames to find in the certificate
   * @param subjectAltNames any of which the certificate must have, in place of the hostname
   */
  public record Validation(
      @Size(max = 8) List<RouteFilter.LocalRef> caCertificateRefs,
      @Default("") @Text(max = 253) String wellKnownCACertificates,
      @Text(min = 1, max = 253, pattern = Schema.DNS_SUBDOMAIN) String hostname,
      @Size(max = 5) List<SubjectAltName> subjectAltNames)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return caCertificateRefs.isEmpty() == wellKnownCACertificates.isEmpty()
          ? List.of(
              new Problem(
                  "caCertificateRefs",
                  "exactly one of caCertificateRefs and wellKnownCACertificates must be set"))
          : List.of();
    }
  }

  /** A name in a certificate: the field that the type names is set. */
  public record SubjectAltName(
      @OneOf({"Hostname", "URI"}) String type,
      @Nullable @Text(min = 1, max = 253, pattern = Schema.HOSTNAME) String hostname,
      @Nullable @Text(min = 1, max = 253) String uri)
      implements Checked {

    @Override
    public List<Problem> problems() {
      boolean uriType = type.equals("URI");
      return (uri != null) == uriType && (hostname != null) == !uriType
          ? List.of()
          : List.of(new Problem("type", "must be that of the one field which is set"));
    }
  }

  @Override
  public BackendTlsPolicy withMetadata(ObjectMeta value) {
    return new BackendTlsPolicy(value, spec, carried);
  }
}
