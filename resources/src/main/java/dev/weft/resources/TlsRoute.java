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
import java.util.List;
import java.util.Map;

/** A TLSRoute: the connections of a port whose clients ask for one of its server names. */
public record TlsRoute(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements L4Route {

  /**
   * What is wanted.
   *
   * @param hostnames at least one in v1; empty, which v1alpha2 let through: every server name
   */
  public record Spec(
      @Size(max = 32) List<ParentRef> parentRefs,
      @Size(max = 1024) @Text(min = 1, max = 253, pattern = Schema.HOSTNAME) List<String> hostnames,
      @Size(min = 1, max = 16) List<L4Rule> rules,
      @Default("") @OneOf({"", "All", "None"}) String useDefaultGateways)
      implements L4Route.Wanted, Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      for (int i = 0; i < hostnames.size(); i++) {
        if (Cidr.ipv4(hostnames.get(i)) != null) {
          // RFC 6066 §3: clients never send one.
          found.add(new Problem("hostnames[" + i + "]", "must be a name, not an IP address"));
        }
      }
      return found;
    }
  }

  @Override
  public TlsRoute withMetadata(ObjectMeta value) {
    return new TlsRoute(value, spec, carried);
  }
}
