package dev.weft.cli.lab;

import dev.weft.resources.AuthorizationPolicy;
import dev.weft.resources.Condition;
import dev.weft.resources.Gateway;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Pod;
import dev.weft.resources.Service;
import dev.weft.resources.Snapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What {@code weft lab status} says, as plain maps and lists. Pure but for reading statuses. */
public final class StatusReport {
  private StatusReport() {}

  /**
   * Sections ("pods", "services", "gateways", "routes", "policies"), each a list of rows with the
   * same keys.
   */
  public static Map<String, List<Map<String, Object>>> of(LabView lab) {
    Snapshot objects = lab.objects();
    Map<String, List<Map<String, Object>>> report = new LinkedHashMap<>();
    report.put("pods", objects.all(Pod.class).map(StatusReport::pod).toList());
    report.put("services", objects.all(Service.class).map(StatusReport::service).toList());
    report.put(
        "gateways", objects.all(Gateway.class).map(gateway -> gateway(gateway, lab)).toList());
    report.put(
        "routes",
        Stream.of(Kind.HTTP_ROUTE, Kind.GRPC_ROUTE, Kind.TLS_ROUTE, Kind.TCP_ROUTE, Kind.UDP_ROUTE)
            .<KubeObject>flatMap(kind -> objects.all(kind.type()))
            .map(route -> conditions(route, lab))
            .toList());
    report.put(
        "policies",
        objects.all(AuthorizationPolicy.class).map(policy -> conditions(policy, lab)).toList());
    return report;
  }

  private static Map<String, Object> pod(Pod pod) {
    Map<String, Object> row = head(pod);
    row.put(
        "phase", pod.metadata().deletionTimestamp() == null ? pod.status().phase() : "Terminating");
    row.put("ready", pod.ready());
    row.put("address", pod.status().podIP());
    row.put("node", pod.spec().nodeName());
    row.put("serviceAccount", pod.spec().serviceAccountName());
    var message = pod.status().carried().get("message");
    row.put("message", message == null ? "" : message.asText());
    return row;
  }

  private static Map<String, Object> service(Service service) {
    Map<String, Object> row = head(service);
    row.put("clusterIP", service.spec().clusterIP());
    row.put(
        "ports",
        service.spec().ports().stream().map(port -> port.port() + "/" + port.protocol()).toList());
    return row;
  }

  private static Map<String, Object> gateway(Gateway gateway, LabView lab) {
    Map<String, Object> row = conditions(gateway, lab);
    List<String> addresses =
        lab.status(gateway.ref()) instanceof ObjectStatus.OfGateway status
            ? status.addresses().stream().map(ObjectStatus.Address::value).toList()
            : List.of();
    row.put("addresses", addresses);
    return row;
  }

  private static Map<String, Object> conditions(KubeObject object, LabView lab) {
    Map<String, Object> row = head(object);
    List<String> texts = new ArrayList<>();
    ObjectStatus status = lab.status(object.ref());
    switch (status) {
      case null -> texts.add("no status yet");
      case ObjectStatus.OfClass ofClass -> add(texts, "", ofClass.conditions());
      case ObjectStatus.OfGateway ofGateway -> {
        add(texts, "", ofGateway.conditions());
        ofGateway
            .listeners()
            .forEach(listener -> add(texts, listener.name() + ": ", listener.conditions()));
      }
      case ObjectStatus.OfListenerSet ofSet -> {
        add(texts, "", ofSet.conditions());
        ofSet
            .listeners()
            .forEach(listener -> add(texts, listener.name() + ": ", listener.conditions()));
      }
      case ObjectStatus.OfRoute ofRoute -> {
        List<ObjectStatus.OfParent> parents =
            ofRoute.parents() == null ? List.of() : ofRoute.parents();
        parents.forEach(
            parent -> add(texts, parent.parentRef().name() + ": ", parent.conditions()));
      }
      case ObjectStatus.OfPolicy ofPolicy -> {
        add(texts, "", ofPolicy.conditions());
        ofPolicy
            .ancestors()
            .forEach(
                ancestor ->
                    add(texts, ancestor.ancestorRef().name() + ": ", ancestor.conditions()));
      }
    }
    row.put("conditions", texts);
    return row;
  }

  private static void add(List<String> texts, String before, List<Condition> conditions) {
    for (Condition condition : conditions) {
      texts.add(
          before
              + condition.type()
              + "="
              + condition.status()
              + " ("
              + condition.reason()
              + ")"
              + ("True".equals(String.valueOf(condition.status())) || condition.message().isEmpty()
                  ? ""
                  : " " + condition.message()));
    }
  }

  private static Map<String, Object> head(KubeObject object) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("kind", object.kind().kind());
    row.put("namespace", object.metadata().namespace());
    row.put("name", object.metadata().name());
    return row;
  }
}
