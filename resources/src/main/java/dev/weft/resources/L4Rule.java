package dev.weft.resources;

import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the connections or datagrams of a TLSRoute, TCPRoute or UDPRoute go.
 *
 * @param name "" for none
 */
public record L4Rule(
    @Default("") @Text(max = 253, pattern = "|" + Schema.DNS_SUBDOMAIN) String name,
    @Size(min = 1, max = 16) List<BackendRef> backendRefs)
    implements Checked {

  @Override
  public List<Problem> problems() {
    List<Problem> found = new ArrayList<>();
    for (int i = 0; i < backendRefs.size(); i++) {
      if (!backendRefs.get(i).filters().isEmpty()) {
        found.add(
            new Problem(
                "backendRefs[" + i + "].filters", "must not be set: nobody reads what is sent"));
      }
    }
    return found;
  }
}
