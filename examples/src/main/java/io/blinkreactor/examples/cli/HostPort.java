package io.blinkreactor.examples.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An address to listen on. */
record HostPort(String host, int port) {

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  static final class Converter implements ITypeConverter<HostPort> {
    @Override
    public HostPort convert(String text) {
      int colon = text.lastIndexOf(':');
      try {
        int port = Integer.parseInt(text.substring(colon + 1));
        if (colon < 1 || port < 0 || port > 65535) {
          throw new TypeConversionException("'" + text + "' is not HOST:PORT");
        }
        return new HostPort(text.substring(0, colon).replaceAll("[\\[\\]]", ""), port);
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'" + text + "' is not HOST:PORT");
      }
    }
  }
}
