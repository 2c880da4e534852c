#include "redact/kinds.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace oidor::redact {
namespace {

struct Names {
    Kind kind = Kind::Card;
    std::string_view name = {};
    std::string_view spanish = {};
    std::string_view portuguese = {};
    std::string_view english = {};
};

constexpr std::array<Names, 21> kNames = {{
    {Kind::Card, "card", "[tarjeta]", "[cartão]", "[card]"},
    {Kind::CardCode, "card_code", "[código]", "[código]", "[code]"},
    {Kind::Cbu, "cbu", "[CBU]", "[CBU]", "[CBU]"},
    {Kind::Clabe, "clabe", "[CLABE]", "[CLABE]", "[CLABE]"},
    {Kind::Cuit, "cuit", "[CUIT]", "[CUIT]", "[CUIT]"},
    {Kind::DniAr, "dni_ar", "[DNI]", "[DNI]", "[DNI]"},
    {Kind::DniPe, "dni_pe", "[DNI]", "[DNI]", "[DNI]"},
    {Kind::Rut, "rut", "[RUT]", "[RUT]", "[RUT]"},
    {Kind::Curp, "curp", "[CURP]", "[CURP]", "[CURP]"},
    {Kind::Rfc, "rfc", "[RFC]", "[RFC]", "[RFC]"},
    {Kind::CedulaCo, "cedula_co", "[cédula]", "[cédula]", "[cédula]"},
    {Kind::CedulaEc, "cedula_ec", "[cédula]", "[cédula]", "[cédula]"},
    {Kind::CedulaUy, "cedula_uy", "[cédula]", "[cédula]", "[cédula]"},
    {Kind::RucEc, "ruc_ec", "[RUC]", "[RUC]", "[RUC]"},
    {Kind::RucPe, "ruc_pe", "[RUC]", "[RUC]", "[RUC]"},
    {Kind::RucPy, "ruc_py", "[RUC]", "[RUC]", "[RUC]"},
    {Kind::Cpf, "cpf", "[CPF]", "[CPF]", "[CPF]"},
    {Kind::Cnpj, "cnpj", "[CNPJ]", "[CNPJ]", "[CNPJ]"},
    {Kind::Document, "document", "[documento]", "[documento]", "[document]"},
    {Kind::Email, "email", "[correo]", "[e-mail]", "[email]"},
    {Kind::Phone, "phone", "[teléfono]", "[telefone]", "[phone]"},
}};
static_assert(kNames.size() == std::to_underlying(kLastKind) + std::size_t{1});

}  // namespace

std::string_view format(Kind kind) { return kNames[std::to_underlying(kind)].name; }

std::optional<Kind> find_kind(std::string_view name) {
    const auto* const found = std::ranges::find(kNames, name, &Names::name);
    return found != kNames.end() ? std::optional(found->kind) : std::nullopt;
}

std::string_view placeholder_of(Kind kind, std::string_view language) {
    const auto& names = kNames[std::to_underlying(kind)];
    if (language == "en") {
        return names.english;
    }
    return language == "pt" ? names.portuguese : names.spanish;
}

}  // namespace oidor::redact
