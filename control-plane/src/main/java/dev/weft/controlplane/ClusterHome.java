package dev.weft.controlplane;

import dev.weft.identity.CertificateAuthority;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/** A control plane at home in an API server, in one namespace of it. */
final class ClusterHome implements Home {
  /** Nodes look for a control plane that is gone every 2 s. */
  private static final Duration SETTLING = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final String namespace;
  private final String nodeAccount;
  private final TrustDomain trustDomain;
  private final ObservedStatuses observed = new ObservedStatuses();

  /**
   * A home.
   *
   * @param namespace Weft's own
   * @param nodeAccount service account of Weft's nodes in it
   */
  ClusterHome(
      KubernetesClient client, String namespace, String nodeAccount, TrustDomain trustDomain) {
    this.client = client;
    this.namespace = namespace;
    this.nodeAccount = nodeAccount;
    this.trustDomain = trustDomain;
  }

  @Override
  public CertificateAuthority authority(CertificateAuthority.Settings settings) throws IOException {
    return new CaSecret(client, namespace).open(trustDomain, settings);
  }

  @Override
  public NodeTokens tokens() {
    return TokenReviews.of(client, namespace + ":" + nodeAccount);
  }

  @Override
  public IdentityNumbers.Store numbers() {
    return new IdentityConfigMaps(client, namespace);
  }

  @Override
  public Map<String, String> gatewayAddresses() {
    Map<String, String> addresses = new TreeMap<>();
    ResourceDefinitionContext context = new ApiCatalog(client).find(Kind.GATEWAY);
    if (context != null) {
      for (GenericKubernetesResource raw :
          client.genericKubernetesResources(context).inAnyNamespace().list().getItems()) {
        ObjectRef ref = KubernetesObjects.ref(Kind.GATEWAY, raw);
        String address = address(raw);
        if (!address.isEmpty()) {
          addresses.put(ref.namespace() + "/" + ref.name(), address);
        }
      }
    }
    return addresses;
  }

  @SuppressWarnings("unchecked") // JSON objects have texts as names
  private static String address(GenericKubernetesResource gateway) {
    return gateway.getAdditionalProperties().get("status") instanceof Map<?, ?> status
            && ObjectStatus.read(Kind.GATEWAY, (Map<String, ?>) status)
                instanceof ObjectStatus.OfGateway read
            && !read.addresses().isEmpty()
        ? read.addresses().getFirst().value()
        : "";
  }

  @Override
  public StatusSink statuses(ScheduledExecutorService thread) {
    return new KubernetesStatuses(
        new ServerSideApply(client, observed),
        observed,
        InstantSource.system(),
        thread,
        Executors.newVirtualThreadPerTaskExecutor());
  }

  @Override
  public GeneratedSink generated(ScheduledExecutorService thread) {
    return new GeneratedObjects(client, thread);
  }

  @Override
  public Duration settling() {
    return SETTLING;
  }

  @Override
  public Source source(Consumer<View> consumer) {
    return new KubernetesSource(client, KubernetesSource.Timing.DEFAULT, observed, consumer);
  }
}
