package dev.weft.cli.train;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** Loads whole jars. */
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
        jar.stream()
            .map(JarEntry::getName)
            .filter(name -> name.endsWith(CLASS) && !name.contains("-"))
            .forEach(name -> load(any.getClassLoader(), name));
      }
    }
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
