package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReplicasTest {
  private static final InetSocketAddress TOLD = at("10.0.0.1");

  @Test
  void whatTheMeshSaysComesFirst() {
    Replicas replicas = replicas(Optional.of("weft-system/weft-control-plane"));
    assertThat(replicas.get()).containsExactly(TOLD);

    replicas.learn(List.of(endpoints("weft-system/weft-control-plane", 2, 3)));
    assertThat(replicas.get()).containsExactly(at("10.0.0.2"), at("10.0.0.3"), TOLD);

    replicas.learn(List.of(endpoints("weft-system/weft-control-plane", 1)));
    assertThat(replicas.get()).containsExactly(TOLD);
  }

  @Test
  void othersEndpointsAndNonsenseAreIgnored() {
    Replicas replicas = replicas(Optional.of("weft-system/weft-control-plane"));
    replicas.learn(List.of(endpoints("shop/weft-control-plane", 2)));
    replicas.learn(
        List.of(
            Resource.newBuilder()
                .setName("endpoints/weft-system/weft-control-plane")
                .setEndpoints(
                    Endpoints.newBuilder()
                        .addEndpoints(
                            Endpoints.Endpoint.newBuilder()
                                .setAddress(ByteString.copyFrom(new byte[5]))
                                .setPort(8443)))
                .build()));
    assertThat(replicas.get()).containsExactly(TOLD);

    Replicas without = replicas(Optional.empty());
    without.learn(List.of(endpoints("weft-system/weft-control-plane", 2)));
    assertThat(without.get()).containsExactly(TOLD);
  }

  @Test
  void updatesAreLearnedFromAndHandedOn() {
    Replicas replicas = replicas(Optional.of("a/b"));
    List<Update> applied = new ArrayList<>();
    ConfigApplier applier =
        replicas.listeningTo(
            new ConfigApplier() {
              @Override
              public Map<String, String> held() {
                return Map.of("x", "1");
              }

              @Override
              public List<String> away() {
                return List.of("n2");
              }

              @Override
              public List<Refusal> apply(Update update) {
                applied.add(update);
                return List.of();
              }
            });
    Update update = Update.newBuilder().addUpserted(endpoints("a/b", 7)).build();

    assertThat(applier.apply(update)).isEmpty();
    assertThat(applied).containsExactly(update);
    assertThat(applier.held()).containsEntry("x", "1");
    assertThat(applier.away()).containsExactly("n2");
    assertThat(replicas.get()).containsExactly(at("10.0.0.7"), TOLD);
  }

  private static Replicas replicas(Optional<String> service) {
    return new Replicas(
        new NodeOptions.ControlPlane(
            List.of(TOLD), service, "weft-control-plane", Path.of("ca"), Path.of("token")));
  }

  private static InetSocketAddress at(String host) {
    return InetSocketAddress.createUnresolved(host, 8443);
  }

  private static Resource endpoints(String service, int... hosts) {
    Endpoints.Builder made = Endpoints.newBuilder();
    for (int host : hosts) {
      made.addEndpoints(
          Endpoints.Endpoint.newBuilder()
              .setAddress(ByteString.copyFrom(new byte[] {10, 0, 0, (byte) host}))
              .setPort(8443));
    }
    return Resource.newBuilder().setName("endpoints/" + service).setEndpoints(made).build();
  }
}
