package dev.weft.cli.lab;

import dev.weft.resources.Pod;
import dev.weft.resources.PodSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program and environment of a container. There are no images in a lab: containers run the
 * machine's own programs. Pure.
 */
final class ContainerCommand {
  /** The one image whose entry point the lab knows: the echo workload's. */
  private static final Pattern ECHO_IMAGE = Pattern.compile("(?:.*/)?weft(?:/|-)echo(?:[:@].*)?");

  private static final Pattern REFERENCE = Pattern.compile("\\$\\(([A-Za-z_][A-Za-z0-9_.-]*)\\)");

  private ContainerCommand() {}

  /**
   * Command and arguments, with {@code $(NAME)} replaced from the environment as Kubernetes does.
   *
   * @throws LabException if the container names no program
   */
  static List<String> command(PodSpec.Container container, Map<String, String> environment) {
    List<String> words = new ArrayList<>(container.command());
    if (words.isEmpty() && ECHO_IMAGE.matcher(container.image()).matches()) {
      words.addAll(List.of("weft", "echo"));
    }
    if (words.isEmpty()) {
      throw new LabException(
          "container '"
              + container.name()
              + "' has no command; the lab runs programs of this machine, so write command: [...], or image: weft/echo for the echo workload");
    }
    words.addAll(container.args());
    return words.stream().map(word -> expand(word, environment)).toList();
  }

  /**
   * Variables of the container.
   *
   * @throws LabException for a source that the lab does not have
   */
  static Map<String, String> environment(Pod pod, PodSpec.Container container, String address) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("HOSTNAME", pod.metadata().name());
    for (PodSpec.EnvVar variable : container.env()) {
      PodSpec.EnvSource source = variable.valueFrom();
      String value =
          source == null
              ? expand(variable.value(), environment)
              : field(pod, container, source, address);
      environment.put(variable.name(), value);
    }
    return environment;
  }

  private static String field(
      Pod pod, PodSpec.Container container, PodSpec.EnvSource source, String address) {
    String path = source.fieldRef() == null ? "" : source.fieldRef().fieldPath();
    return switch (path) {
      case "metadata.name" -> pod.metadata().name();
      case "metadata.namespace" -> pod.metadata().namespace();
      case "metadata.uid" -> pod.metadata().uid();
      case "spec.nodeName" -> pod.spec().nodeName();
      case "spec.serviceAccountName" -> pod.spec().serviceAccountName();
      case "status.podIP" -> address;
      default ->
          throw new LabException(
              "container '"
                  + container.name()
                  + "' takes a variable from "
                  + (path.isEmpty() ? "something that is no field" : path)
                  + "; the lab knows metadata.name, metadata.namespace, metadata.uid, spec.nodeName, spec.serviceAccountName and status.podIP");
    };
  }

  private static String expand(String text, Map<String, String> environment) {
    return REFERENCE
        .matcher(text)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(environment.getOrDefault(match.group(1), match.group())));
  }
}
