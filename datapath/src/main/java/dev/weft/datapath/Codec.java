package dev.weft.datapath;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a key or value of a map lies in memory. The structs are in src/main/c/maps.h.
 *
 * @param <T> its form in Java
 */
interface Codec<T> {
  /** Plain numbers in the machine's order. */
  Codec<Integer> NUMBER = of(Integer.BYTES, (value, out) -> out.putInt(value), in -> in.getInt());

  /** Addresses in network order. */
  Codec<Ipv4> ADDRESS =
      of(Integer.BYTES, (value, out) -> putAddress(out, value), Codec::getAddress);

  /** Length in bytes. */
  int size();

  /** Appends the value. */
  void write(T value, ByteBuffer out);

  /** Reads a value. */
  T read(ByteBuffer in);

  /** The value as bytes. */
  default byte[] toBytes(T value) {
    byte[] bytes = new byte[size()];
    write(value, ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
    return bytes;
  }

  /** The value that bytes stand for. */
  default T fromBytes(byte[] bytes) {
    return read(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
  }

  /** Writes a value. */
  @FunctionalInterface
  interface Writer<T> {
    void write(T value, ByteBuffer out);
  }

  /** Reads a value. */
  @FunctionalInterface
  interface Reader<T> {
    T read(ByteBuffer in);
  }

  static <T> Codec<T> of(int size, Writer<T> writer, Reader<T> reader) {
    return new Codec<>() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public void write(T value, ByteBuffer out) {
        writer.write(value, out);
      }

      @Override
      public T read(ByteBuffer in) {
        return reader.read(in);
      }
    };
  }

  static void putAddress(ByteBuffer out, Ipv4 address) {
    out.put(address.toBytes());
  }

  static Ipv4 getAddress(ByteBuffer in) {
    byte[] bytes = new byte[Integer.BYTES];
    in.get(bytes);
    return Ipv4.of(bytes);
  }

  static void putPort(ByteBuffer out, int port) {
    out.put((byte) (port >>> 8)).put((byte) port);
  }

  static int getPort(ByteBuffer in) {
    return ((in.get() & 0xff) << 8) | (in.get() & 0xff);
  }
}
