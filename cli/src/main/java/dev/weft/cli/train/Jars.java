package dev.weft.cli.train;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** Loads whole jars, modules of the JDK, and services. */
final class Jars {
  private static final String CLASS = ".class";

  private Jars() {}

  /**
   * Loads every class of the jars that these are from. Loaded early such a class costs a thirtieth
   * of what it costs when it is first needed and not in the cache.
   */
  static void load(List<Class<?>> anyOfEach) throws IOException {
    for (Class<?> any : anyOfEach) {
      try (JarFile jar = new JarFile(pathOf(any).toFile())) {
        load(any.getClassLoader(), jar.stream().map(JarEntry::getName));
      }
    }
  }

  /** Loads every class of a module that the JDK has. */
  static void loadModule(String name) throws IOException {
    ModuleReference module =
        ModuleFinder.ofSystem()
            .find(name)
            .orElseThrow(() -> new IOException("this JDK has no module " + name));
    try (ModuleReader reader = module.open();
        Stream<String> names = reader.list()) {
      load(ClassLoader.getPlatformClassLoader(), names);
    }
  }

  /** Loads every implementation of a service that the class path names. */
  static void loadServices(String service) throws IOException {
    ClassLoader loader = Jars.class.getClassLoader();
    for (URL list : Collections.list(loader.getResources("META-INF/services/" + service))) {
      try (InputStream text = list.openStream()) {
        new String(text.readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .forEach(name -> load(loader, name.strip().replace('.', '/') + CLASS));
      }
    }
  }

  private static void load(ClassLoader loader, Stream<String> files) {
    files
        .filter(name -> name.endsWith(CLASS) && !name.contains("-"))
        .forEach(name -> load(loader, name));
  }

  private static Path pathOf(Class<?> any) throws IOException {
    try {
      return Path.of(any.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("where " + any + " comes from", e);
    }
  }

  private static void load(ClassLoader loader, String file) {
    String name = file.substring(0, file.length() - CLASS.length()).replace('/', '.');
    try {
      Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError e) {
      // Parts of libraries for other libraries that are not here.
      System.err.println("not loaded: " + name + ", for want of " + e.getMessage());
    }
  }
}
